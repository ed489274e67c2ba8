import { useEffect, useRef, useState } from 'preact/hooks';

/** Draws at a width in CSS pixels. */
export type Draw = (width: number) => SVGElement | HTMLElement;

const NARROWEST = 280;

/** A chart as wide as its place, drawn anew when that changes; `description` says in words what it shows. */
export function Chart({ draw, description }: { draw: Draw; description: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry!.contentRect.width)));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (width === 0) return;
    const drawn = draw(Math.max(width, NARROWEST));
    drawn.ariaHidden = 'true';
    // A page's policy may allow no style sheet inside it; report.css has what these would say.
    for (const style of drawn.querySelectorAll('style')) style.remove();
    place.current!.replaceChildren(drawn);
  }, [width, draw]);

  return <div class="chart" part="chart" role="img" aria-label={description} ref={place} />;
}
