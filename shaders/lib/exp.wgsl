// eˣ from + and × alone, off by at most 0.98 ulp (measured; 1.3 by analysis, test/kernels/exp-erf.test.ts): WGSL allows its
// own exp (3 + 2|x|) ulp, and drivers differ.
//
//   n = round(x / ln 2);  r = x − n·ln 2 in two steps, n times the first constant being exact;  eʳ = 1 + r + r²·q(r)
//
// with q of degree 4, minimax on |r| ≤ ln 2 / 2. 2ⁿ is put together from bits, one power short so that n = 128 has some.
// Below −86.9 the result is 0; above 88.72 it grows beyond all numbers, to infinity. NaN stays NaN: it is in r.

// The product has at most 22 bits, so this takes nothing from it; but without it Mesa's drivers, which regard sums as
// associative, make the two steps one and are off by 68 ulp (with it, by 1.8).
fn opaque(v: vec4f) -> vec4f { return bitcast<vec4f>(bitcast<vec4u>(v) & vec4u(0xfffffffeu)); }

fn exponential(x: vec4f) -> vec4f {
  let n = round(clamp(x, vec4f(-88.0), vec4f(88.75)) * 1.44269504);
  let r = fma(n, vec4f(-1.42860677e-6), x - opaque(n * 0.693145752));
  let q = fma(fma(fma(fma(r, vec4f(0.00138144335), vec4f(0.00836879667)), r, vec4f(0.0416683964)), r, vec4f(0.166665196)), r, vec4f(0.49999994));
  let p = fma(q * r, r, r) + 1.0;
  let power = bitcast<vec4f>(vec4u(vec4i(n) + 126i) << vec4u(23u));
  return select((p + p) * power, vec4f(), x < vec4f(-86.9));
}
