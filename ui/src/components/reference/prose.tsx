import { Code } from '@mantine/core';

/** A sentence of the description, with what stands between backticks as code. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, i) => (i % 2 === 1 ? <Code key={`${i} ${part}`}>{part}</Code> : part));
}
