// GELU in its exact form, x/2 · (1 + erf(x / √2)), by two minimax polynomials of single precision:
//
//   |t| ≤ 0.921875:  erf t = t + t·P(t²)          else:  erf |t| = 1 − exp(Q(|t|) − |t|)
//
// 1 + erf t is off by at most 1.2e-7 (measured). For negative t of the second kind it is the exponential itself, so that
// nothing cancels in the tail. Both are always computed and one is selected. NaN and +∞ come out of GELU as they are; −∞
// comes out as NaN.

#import "lib/exp.wgsl"

fn onePlusErf(t: vec4f) -> vec4f {
  let a = abs(t);
  let s = t * t;
  var p = fma(s, vec4f(-5.96761703e-4), vec4f(4.99119423e-3));
  p = fma(p, s, vec4f(-2.67681349e-2));
  p = fma(p, s, vec4f(1.12819925e-1));
  p = fma(p, s, vec4f(-3.76125336e-1));
  p = fma(p, s, vec4f(1.28379166e-1));
  var q = fma(a, vec4f(-1.72853470e-5), vec4f(3.83197126e-4));
  q = fma(q, s, fma(a, vec4f(-3.88396438e-3), vec4f(2.42546219e-2)));
  q = fma(q, a, vec4f(-1.06777877e-1));
  q = fma(q, a, vec4f(-6.34846687e-1));
  q = fma(q, a, vec4f(-1.28717512e-1));
  let tail = exponential(fma(q, a, -a));
  let large = select(tail, 2.0 - tail, t > vec4f());
  return select(fma(p, t, t) + 1.0, large, a > vec4f(0.921875));
}

fn gelu(x: vec4f) -> vec4f { return 0.5 * x * onePlusErf(x * 0.707106781); }
