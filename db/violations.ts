/** Whether PostgreSQL refused a statement because of this constraint; its transaction is lost with it. */
export const violates = (error: unknown, ...constraints: string[]): boolean =>
  error instanceof Error && 'constraint' in error && constraints.includes(String(error.constraint));
