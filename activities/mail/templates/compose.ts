/** The words of our mails. Plain data in, text and HTML out; values are escaped, and no secret is ever among them. */
export interface MailText {
  subject: string;
  text: string;
  html: string;
}

/** A paragraph, or a link on a line of its own. */
export interface Part {
  paragraph?: string;
  link?: { label: string; url: string };
}

/** For a header of a mail: what stands in old rows must not begin a new one, nor keep the mail from being sent. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function compose(subject: string, parts: Part[], seller: string): MailText {
  const text = parts.map(({ paragraph, link }) => paragraph ?? `${link!.label}:\n${link!.url}`).join('\n\n');
  const html = parts
    .map(({ paragraph, link }) =>
      paragraph ? `<p>${escape(paragraph)}</p>` : `<p><a href="${escape(link!.url)}">${escape(link!.label)}</a></p>`,
    )
    .join('\n');
  return {
    subject: oneLine(subject),
    text: `${text}\n\n${seller}\n`,
    html: `<!doctype html>\n<html lang="en"><meta charset="utf-8"><body>\n${html}\n<p>${escape(seller)}</p>\n</body></html>\n`,
  };
}
