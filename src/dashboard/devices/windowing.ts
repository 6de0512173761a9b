/** Which rows of a long table have to be there, as the page is scrolled. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows beyond the edges of the screen, so that quick scrolling and the arrow keys find some. */
const MARGIN_ROWS = 12;
/** Until a row has been measured. */
const ROW_HEIGHT_PX = 56;
/** Enough for any screen until the first measurement. */
const FIRST_ROWS = 40;

interface Windowing {
  first: number;
  /** Behind the last one. */
  end: number;
  /** Of what stands in the place of rows that are not there. Set through the CSSOM, which the page's CSP allows. */
  aboveStyle: { height: string };
  belowStyle: { height: string };
}

/** `body`: the rows that are there; all rows are equally high. */
export function useWindowing(body: RefObject<HTMLElement | null>, count: number): Windowing {
  const [{ first, end, rowHeight }, setRange] = useState({
    first: 0,
    end: FIRST_ROWS,
    rowHeight: ROW_HEIGHT_PX,
  });
  /** Of the rows that are there now. */
  const shownFirst = useRef(0);
  useLayoutEffect(() => {
    const update = (): void => {
      const element = body.current;
      const height = element?.firstElementChild?.getBoundingClientRect().height ?? 0;
      if (element === null || height === 0) return;
      setRange((range) => {
        // Rows are measured where they are: what is above of the list may be of any height.
        const listTop = element.getBoundingClientRect().top - shownFirst.current * height;
        const next = {
          first: Math.max(0, Math.floor(-listTop / height) - MARGIN_ROWS),
          end: Math.ceil((innerHeight - listTop) / height) + MARGIN_ROWS,
          rowHeight: height,
        };
        const isSame =
          next.first === range.first &&
          next.end === range.end &&
          next.rowHeight === range.rowHeight;
        return isSame ? range : next;
      });
    };
    update();
    addEventListener('scroll', update, { passive: true });
    addEventListener('resize', update);
    return () => {
      removeEventListener('scroll', update);
      removeEventListener('resize', update);
    };
  }, [body, count]);
  // The list may have become shorter since.
  const lastFirst = Math.max(0, Math.min(first, count - 1));
  const lastEnd = Math.max(lastFirst, Math.min(end, count));
  shownFirst.current = lastFirst;
  return {
    first: lastFirst,
    end: lastEnd,
    aboveStyle: { height: `${lastFirst * rowHeight}px` },
    belowStyle: { height: `${(count - lastEnd) * rowHeight}px` },
  };
}
