/** `{ "input/username": "ada" }` becomes `{ input: { username: "ada" } }`. */
export function bodyOf(values: Readonly<Record<string, string>>): object {
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === '') continue;
    const path = name.split('/');
    const last = path.pop()!;
    const place = path.reduce((at, part) => (at[part] ??= {}) as Record<string, unknown>, body);
    place[last] = value;
  }
  return body;
}

/** The contracts' messages go on after the field's name: "is two capital letters". Zod's own are for programs. */
export function sentence(label: string, message: string, value: string | undefined): string {
  if (!value) return `${label} is needed.`;
  if (/^Invalid email/i.test(message)) return 'This does not look like an e-mail address.';
  if (/^Too big/i.test(message)) return `${label} is too long.`;
  if (/^Too small/i.test(message)) return `${label} is too short.`;
  return /^[a-z]/.test(message) ? `${label} ${message}.` : message;
}
