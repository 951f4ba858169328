import { RETRY_FIELDS } from '#domain/desk/decisions.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import type { Step } from './step.ts';

/** What staff read in the Temporal UI while a step is parked, with the text to paste into the update. */
export function incidentDetails(id: string, step: Step, stop: Stop): string {
  const choices = (['retry', 'skip', 'abort'] as const).flatMap((action) =>
    step[action] ? [`- **${action}**: ${step[action]}`] : [],
  );
  const command = { incident: id, actor: 'your name', decision: { action: 'retry' } };
  const fields = step.fields
    ? `\n\`decision.input\` may set ${step.fields.map((field) => `\`${field}\` (${RETRY_FIELDS[field].label.toLowerCase()})`).join(', ')}.\n`
    : '';
  return `### Waiting for a person: ${step.name}

**${stop.stop}**

\`\`\`
${stop.message}
\`\`\`

${choices.join('\n')}

Send the update \`resolveIncident\` with:

\`\`\`json
${JSON.stringify(command, null, 2)}
\`\`\`
${fields}
It also goes on by itself when the cause heals.`;
}
