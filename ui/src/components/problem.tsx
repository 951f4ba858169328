import { Alert, List, Text } from '@mantine/core';
import { Refused } from '../api.ts';
import { localText } from '../words/reader.ts';

/** Refusals whose sentence is for programs that use the API. */
const FOR_PEOPLE: Record<string, string> = {
  invalid_request: 'Something in the form is not right yet.',
  plan_not_offered: 'This plan is not on offer any more in this way. Choose another one.',
  gateway_off: 'This way to pay is not offered now. Choose another one.',
};

interface ProblemProps {
  error: unknown;
  /** Names of the fields that show their own errors, as JSON pointers without the first slash. */
  fields?: readonly string[];
}

/** What went wrong, in a sentence that helps, with the id under which we find it in our logs. */
export function Problem({ error, fields = [] }: ProblemProps) {
  if (!error) return null;
  if (!(error instanceof Refused)) {
    return (
      <Alert color="red" role="alert" title="No answer">
        The shop could not be reached. Check your connection, then try again: nothing is done twice.
      </Alert>
    );
  }
  const elsewhere = error.errors.filter(({ pointer }) => !fields.includes(pointer.slice(1)));
  return (
    <Alert color="red" role="alert" title={FOR_PEOPLE[error.code] ?? localText(error.message)}>
      {elsewhere.length > 0 && (
        <List size="sm" mb="xs">
          {elsewhere.map(({ pointer, detail }) => (
            <List.Item key={`${pointer} ${detail}`}>
              {pointer.slice(1).replaceAll('/', ' ')} {localText(detail)}
            </List.Item>
          ))}
        </List>
      )}
      {error.requestId && (
        <Text size="xs" c="dimmed">
          Request {error.requestId}
        </Text>
      )}
    </Alert>
  );
}
