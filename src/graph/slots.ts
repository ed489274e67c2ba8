/** When a tensor is alive: from the step that writes it to the last step that reads it, both included. */
export interface Span {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Places tensors in memory slots so that two whose spans touch never share one: the first tensor in slot 0, the others
 * greedily, largest first, each into the smallest slot that is free for its whole span.
 *
 * @returns slot of each span, and the bytes of each slot (those of its largest tensor).
 */
export function assignSlots(spans: readonly Span[]): { slotOf: readonly number[]; slots: readonly number[] } {
  const slots: { bytes: number; readonly members: Span[] }[] = [];
  const slotOf: number[] = [];
  const bySize = spans.map((_, tensor) => tensor).slice(1);
  bySize.sort((a, b) => spans[b]!.bytes - spans[a]!.bytes || a - b);
  for (const tensor of [0, ...bySize]) {
    const span = spans[tensor]!;
    let best = -1;
    slots.forEach(({ bytes, members }, slot) => {
      const free = members.every((other) => other.to < span.from || span.to < other.from);
      if (free && bytes >= span.bytes && (best < 0 || bytes < slots[best]!.bytes)) best = slot;
    });
    if (best < 0) best = slots.push({ bytes: span.bytes, members: [] }) - 1;
    slots[best]!.members.push(span);
    slotOf[tensor] = best;
  }
  return { slotOf, slots: slots.map(({ bytes }) => bytes) };
}
