// What a convolution reads: an activation, or the views of images, which stay vec4f where activations are halves.

#import "lib/stored.wgsl"

#if halfSource
alias Source = vec2u;

fn widenSource(source: Source) -> vec4f { return widen(source); }
#else
alias Source = vec4f;

fn widenSource(source: Source) -> vec4f { return source; }
#endif
