import { SearchAttributeType } from '@temporalio/common';
import * as attributes from '#workflows/search-attributes.ts';

export type SearchAttributeName = keyof typeof attributes;
/** A type as Temporal's command line and its messages call it. */
export type SearchAttributeTypeName = 'Keyword' | 'Datetime';

const TYPE_NAMES = {
  [SearchAttributeType.KEYWORD]: 'Keyword',
  [SearchAttributeType.DATETIME]: 'Datetime',
} as const;

/** The search attributes that the workflows set, with their types: what a namespace must have registered. */
export const SEARCH_ATTRIBUTES = Object.fromEntries(
  Object.values(attributes).map(({ name, type }) => [name, TYPE_NAMES[type]]),
) as Record<SearchAttributeName, SearchAttributeTypeName>;

/** The namespace everything of ours lives in, unless TEMPORAL_NAMESPACE names another. */
export const NAMESPACE = 'hostwright';
