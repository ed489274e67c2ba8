import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { SeededWeights } from '../../../test/reference/seeded-weights.js';
import { type FoldedConv, foldedResNet18 } from '../folded.js';
import { inputOf, type Job, type Network, VIT, weightsOf } from '../jobs.js';
import { channelsLast } from '../layouts.js';
import type { Runner } from '../program.js';
import { serve } from './serve.js';

type Tensor = ReturnType<typeof tf.tensor>;
type Net = (x: Tensor) => Tensor;

serve(open);

/** Images are [n, height, width, channels], filters [height, width, in, out]. */
async function open(job: Job): Promise<Runner> {
  await tf.setBackend('webgpu');
  await tf.ready();
  const net = NETS[job.network]!(weightsOf(job.network), job);
  const isMap = job.input.length === 4;
  const [n, channels, ...map] = job.input;
  const input = isMap ? channelsLast(inputOf(job), job.input) : inputOf(job);
  const shape = isMap ? [n, ...map, channels] : job.input;
  return {
    channelsLast: true,
    async run() {
      const output = tf.tidy(() => net(tf.tensor(input, shape)));
      const data = await output.data();
      output.dispose();
      return data;
    },
  };
}

const NETS: Readonly<Partial<Record<Network, (weights: SeededWeights, job: Job) => Net>>> = {
  gemm({ tensors }) {
    const b = tf.tensor(tensors.get('b')!.data, [1024, 1024]);
    return (x) => tf.matMul(x, b);
  },
  conv({ tensors }) {
    const w = filter(tensors.get('w')!.data, [64, 64, 3, 3]);
    return (x) => tf.conv2d(x, w, 1, 1, 'NHWC', 1, 'floor');
  },
  resnet18,
  'vit-tiny': vitTiny,
};

/** [out, in, height, width] to [height, width, in, out]. */
function filter(data: Float32Array, shape: readonly number[]): Tensor {
  return tf.transpose(tf.tensor(data, shape), [2, 3, 1, 0]);
}

function convolution(
  { weight, bias, shape }: FoldedConv,
  strides: number,
  activation: 'relu' | 'linear',
  pad = ((shape[2] ?? 1) - 1) / 2,
): Net {
  const w = filter(weight, shape);
  const b = tf.tensor1d(bias);
  const rest = { filter: w, bias: b, strides, pad, dataFormat: 'NHWC', dimRoundingMode: 'floor', activation };
  return (x) => tf.fused.conv2d({ x, ...rest });
}

function resnet18(weights: SeededWeights): Net {
  const { stem, blocks } = foldedResNet18(weights);
  const first = convolution(stem, 1, 'relu');
  const rest = blocks.map(({ stride, conv1, conv2, downsample }) => {
    const inner = convolution(conv1, stride, 'relu');
    const outer = convolution(conv2, 1, 'linear');
    const shortcut = downsample ? convolution(downsample, stride, 'linear') : (x: Tensor) => x;
    return (x: Tensor) => tf.relu(tf.add(outer(inner(x)), shortcut(x)));
  });
  return (x) =>
    tf.mean(
      rest.reduce((y, block) => block(y), first(x)),
      [1, 2],
    );
}

function vitTiny({ tensors }: SeededWeights, { input: [batch = 1] }: Job): Net {
  const { width, depth, heads, patch, tokens, eps } = VIT;
  const of = (name: string): Tensor => tf.tensor(tensors.get(name)!.data, tensors.get(name)!.shape);
  const linear = (at: string): Net => {
    const b = tf.transpose(of(`${at}.weight`));
    const bias = of(`${at}.bias`);
    return (x) => {
      const flat = tf.reshape(x, [-1, b.shape[0]]);
      return tf.reshape(tf.fused.matMul({ a: flat, b, bias }), [...x.shape.slice(0, -1), b.shape[1]]);
    };
  };
  const norm = (at: string): Net => {
    const [scale, shift] = [of(`${at}.weight`), of(`${at}.bias`)];
    return (x) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, eps))), scale), shift);
    };
  };
  const attention = (at: string): Net => {
    const [toQkv, project] = [linear(`${at}.qkv`), linear(`${at}.proj`)];
    return (x) => {
      const apart = tf.transpose(tf.reshape(toQkv(x), [batch, tokens, 3, heads, width / heads]), [2, 0, 3, 1, 4]);
      const [q, k, v] = tf.unstack(apart);
      const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads));
      const together = tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]);
      return project(tf.reshape(together, [batch, tokens, width]));
    };
  };
  const gelu: Net = (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

  const embed = convolution(
    {
      shape: [width, 3, patch, patch],
      weight: tensors.get('patch_embed.proj.weight')!.data,
      bias: tensors.get('patch_embed.proj.bias')!.data,
    },
    patch,
    'linear',
    0,
  );
  const [cls, positions, last] = [tf.tile(of('cls_token'), [batch, 1, 1]), of('pos_embed'), norm('norm')];
  const blocks = Array.from({ length: depth }, (_, n) => {
    const at = `blocks.${n}`;
    const [norm1, attend, norm2] = [norm(`${at}.norm1`), attention(`${at}.attn`), norm(`${at}.norm2`)];
    const [fc1, fc2] = [linear(`${at}.mlp.fc1`), linear(`${at}.mlp.fc2`)];
    return (x: Tensor) => {
      const added = tf.add(x, attend(norm1(x)));
      return tf.add(added, fc2(gelu(fc1(norm2(added)))));
    };
  });
  return (x) => {
    const rows = tf.reshape(embed(x), [batch, tokens - 1, width]);
    const start = tf.add(tf.concat([cls, rows], 1), positions);
    const stream = blocks.reduce((y, block) => block(y), start);
    return last(tf.reshape(tf.slice(stream, [0, 0, 0], [batch, 1, width]), [batch, width]));
  };
}
