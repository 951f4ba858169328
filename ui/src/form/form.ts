import { useEffect, useRef, useState, type ChangeEvent, type SubmitEvent } from 'react';
import type { z } from 'zod';
import { Refused } from '../api.ts';
import { localText } from '../words/reader.ts';
import { bodyOf, sentence } from './fields.ts';

type Values = Record<string, string>;
type Errors = Record<string, string>;

export interface FieldProps {
  name: string;
  label: string;
  value: string;
  error: string | undefined;
  onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>) => void;
}

/**
 * A form that checks with the API's own contract before it sends, and shows at its fields what the API refuses.
 * Fields are named as JSON pointers without their first slash: `email`, `input/username`; an empty one is left out.
 * @param send  throws what went wrong
 */
export function useContractForm<S extends z.ZodType>(
  contract: S,
  initial: Values,
  send: (body: z.output<S>) => Promise<unknown>,
) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Errors>({});
  const [problem, setProblem] = useState<unknown>();
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  /** Of this rendering, by name. */
  const labels: Values = {};

  useEffect(() => {
    if (Object.keys(errors).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (sending) return;
    setProblem(undefined);
    const checked = contract.safeParse(bodyOf(values));
    if (!checked.success) {
      setErrors(fieldErrors(checked.error.issues.map(({ path, message }) => [path.join('/'), message])));
      return;
    }
    setErrors({});
    setSending(true);
    try {
      await send(checked.data);
    } catch (error) {
      setProblem(error);
      if (error instanceof Refused)
        setErrors(fieldErrors(error.errors.map((one) => [one.pointer.slice(1), localText(one.detail)])));
    } finally {
      setSending(false);
    }
  };

  function fieldErrors(found: [name: string, message: string][]): Errors {
    const first: Errors = {};
    for (const [name, message] of found) first[name] ??= sentence(labels[name] ?? name, message, values[name]);
    return first;
  }

  return {
    values,
    set: (name: string, value: string) => setValues((before) => ({ ...before, [name]: value })),
    field(name: string, label: string): FieldProps {
      labels[name] = label;
      return {
        name,
        label,
        value: values[name] ?? '',
        error: errors[name],
        onChange: ({ currentTarget: { value } }) => setValues((before) => ({ ...before, [name]: value })),
      };
    },
    /** For the form's element. */
    form: { ref: form, onSubmit: submit, noValidate: true },
    /** What the last sending was refused with. */
    problem,
    sending,
  };
}
