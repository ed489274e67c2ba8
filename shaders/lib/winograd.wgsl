// What the 2×2 outputs of a tile of Winograd F(2×2, 3×3) are made of, and where they lie. A row is a tile of any view, TILES
// to a view, line by line; output 2u + v of it is at [2·ty + u, 2·tx + v].

// Aᵀ[u, i] · Aᵀ[v, j] of the outputs 2u + v, for the place p = 4i + j of the patch. Aᵀ = [1 1 1 0; 0 1 −1 −1].
fn outputFactors(p: u32) -> vec4f {
  let i = p / 4u;
  let j = p % 4u;
  let a0 = select(1.0, 0.0, i == 3u);
  let a1 = select(select(-1.0, 1.0, i == 1u), 0.0, i == 0u);
  let b0 = select(1.0, 0.0, j == 3u);
  let b1 = select(select(-1.0, 1.0, j == 1u), 0.0, j == 0u);
  return vec4f(a0 * b0, a0 * b1, a1 * b0, a1 * b1);
}

fn outputY(row: u32, u: u32) -> u32 { return row % TILES / TILES_X * 2u + u / 2u; }
fn outputX(row: u32, u: u32) -> u32 { return row % TILES_X * 2u + u % 2u; }

// Whether it lies inside the picture: tiles overhang one of odd size.
fn isOutput(row: u32, u: u32) -> bool { return outputY(row, u) < H && outputX(row, u) < W; }

// Its place among the positions of all views.
fn outputAt(row: u32, u: u32) -> u32 { return (row / TILES * H + outputY(row, u)) * W + outputX(row, u); }

// The u-th of four, which stay in registers.
fn oneOf(u: u32, v0: vec4f, v1: vec4f, v2: vec4f, v3: vec4f) -> vec4f {
  return select(select(v0, v1, u == 1u), select(v2, v3, u == 3u), u >= 2u);
}
