/**
 * Where staff see a workflow in the Temporal UI.
 * @returns null when no UI is configured
 */
export function workflowUrl(workflowId: string, ui: { url: string; namespace: string } | undefined): string | null {
  if (!ui) return null;
  const base = ui.url.replace(/\/+$/, '');
  return `${base}/namespaces/${encodeURIComponent(ui.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
