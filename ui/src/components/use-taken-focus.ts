import { useEffect, useRef, type RefObject } from 'react';

/** For what took the place of a form, whose focus went with it. @returns for the element, which needs a `tabIndex` of -1 */
export function useTakenFocus(): RefObject<HTMLDivElement | null> {
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => here.current?.focus(), []);
  return here;
}

/**
 * For what goes away with the button that was pressed, where something that stays took its place.
 * @param id  of a heading, or of the whole content when left out
 */
export const focusOn = (id = 'main'): void => document.getElementById(id)?.focus();
