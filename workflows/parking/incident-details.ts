import { RETRY_FIELDS } from '#domain/desk/decisions.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import type { Step } from './step.ts';

/** Characters of a line in the Temporal UI's frame. */
const WIDTH = 100;
const ACTIONS = ['retry', 'skip', 'abort'] as const;

/** What staff read in the Temporal UI while a step is parked, with the text to paste into the update for each decision. */
export function incidentDetails(id: string, step: Step, stop: Stop): string {
  const offered = ACTIONS.filter((action) => step[action]);
  const choices = offered.map((action) => `- **${action}**: ${step[action]}`);
  const commands = offered.map((action) => {
    const decision = action === 'retry' ? { action } : { action, note: 'say why' };
    return JSON.stringify({ incident: id, actor: 'your name', decision }, null, 2);
  });
  const fields = step.fields
    ? `\n\`decision.input\` of a retry may set ${step.fields.map((field) => `\`${field}\` (${RETRY_FIELDS[field].label.toLowerCase()})`).join(', ')}.\n`
    : '';
  return `### Waiting for a person: ${step.name}

**${stop.stop}**

\`\`\`
${wrapped(stop.message)}
\`\`\`

${choices.join('\n')}

Send the update \`resolveIncident\` with ${commands.length > 1 ? 'one of these' : 'this'}:

${commands.map((command) => `\`\`\`json\n${command}\n\`\`\``).join('\n\n')}
${fields}
It also goes on by itself when the cause heals.`;
}

/** The frame does not break lines; a word that is longer than a line is cut into pieces. */
const wrapped = (text: string): string =>
  text
    .split('\n')
    .flatMap(
      (line) => line.match(new RegExp(`.{1,${WIDTH}}(?= |$)|.{1,${WIDTH}}`, 'gu'))?.map((piece) => piece.trim()) ?? '',
    )
    .join('\n');
