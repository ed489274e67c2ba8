/** Where a visitor is among layers, units and images. */
export type Place =
  | { readonly is: 'layer'; readonly node: string }
  | { readonly is: 'unit'; readonly node: string; readonly unit: number }
  | { readonly is: 'images' }
  | { readonly is: 'image'; readonly position: number };
