import type { ApiConfiguration } from '#domain/configuration/configuration.ts';

export interface TemporalUi {
  url: string;
  namespace: string;
}

/** The UI that is configured, if one is. */
export const temporalUi = ({
  TEMPORAL_UI_URL: url,
  TEMPORAL_NAMESPACE: namespace,
}: Pick<ApiConfiguration, 'TEMPORAL_UI_URL' | 'TEMPORAL_NAMESPACE'>): TemporalUi | undefined =>
  url ? { url: url.replace(/\/+$/, ''), namespace } : undefined;

/** Where staff see a workflow, or null without a UI. */
export const workflowUrl = (workflowId: string, ui: TemporalUi | undefined): string | null =>
  ui ? `${ui.url}/namespaces/${encodeURIComponent(ui.namespace)}/workflows/${encodeURIComponent(workflowId)}` : null;
