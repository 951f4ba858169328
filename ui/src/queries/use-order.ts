import { API_PREFIX } from '#api/contracts/prefix.ts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { OrderView } from '#api/contracts/orders.ts';
import { orderQuery } from './orders.ts';
import { meQuery } from './people.ts';

/** How often to ask while no events come. */
const POLL_MS = 3_000;

/** An order that is up to date by itself: by server-sent events, and by asking when those do not come through. */
export function useOrder(id: string) {
  const queries = useQueryClient();
  const [live, setLive] = useState(false);
  const order = useQuery({
    ...orderQuery(id),
    refetchInterval: ({ state }) => (live || state.error || state.data?.story.final ? false : POLL_MS),
  });
  const changing = order.data?.story.final === false;

  useEffect(() => {
    if (!changing) return;
    const events = new EventSource(`${API_PREFIX}/orders/${id}/events`);
    events.addEventListener('open', () => setLive(true));
    // The browser connects again by itself, unless it was refused.
    events.addEventListener('error', () => setLive(false));
    events.addEventListener('order', ({ data }: MessageEvent<string>) => {
      queries.setQueryData(orderQuery(id).queryKey, JSON.parse(data) as OrderView);
    });
    events.addEventListener('signed_out', () => {
      events.close();
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    });
    return () => {
      events.close();
      setLive(false);
    };
  }, [id, changing, queries]);

  return order;
}
