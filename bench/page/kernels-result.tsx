import { DataTable } from '../../src/report/view/data-table.js';
import { figure, percent, scatter } from '../cells.js';
import type { KernelsReport } from '../print-kernels.js';
import { best } from '../timing.js';

const COLUMNS = ['work', 'ms', '±', 'GFLOP/s', 'GB/s', 'roof', 'of roof', 'compile ms'].map((title, i) => ({
  title,
  number: i > 0 && title !== 'roof',
}));

/** What `memgpu bench kernels` prints, as a page; and its JSON to keep. */
export function KernelsResult({ report }: { report: KernelsReport }) {
  const { adapter, roofs, costs, kernels, overhead, repeats } = report;
  const clock = kernels[0]?.clock === 'gpu' ? "by the GPU's clock" : 'by wall time';
  return (
    <section>
      <h2>{adapter.name}</h2>
      <p>
        {[adapter.vendor, adapter.architecture, adapter.driver].filter((fact) => fact !== '').join(', ')}. The browser
        bounds memory accesses. Times are medians of {repeats} after a warm-up, {clock}; ± is (most − least) / median.
      </p>
      <dl>
        <Fact name="Roof of arithmetic" value={`${figure(roofs.arithmetic)} GFLOP/s`} />
        <Fact name="Roof of memory" value={`${figure(roofs.memory)} GB/s`} />
        <Fact name="A dispatch" value={`${figure(costs.dispatch.least)} µs`} />
        <Fact name="A workgroup" value={`${figure(costs.workgroup.least)} µs`} />
        <Fact name="A submit" value={`${figure(costs.submit.least)} µs`} />
        <Fact name="A submit with a readback" value={`${figure(costs.readback.least)} µs`} />
        {overhead && <Fact name="Views and metrics beside two plain forward passes" value={percent(overhead.share)} />}
      </dl>
      <p>
        <a href={address(report)} download="memgpu-bench-kernels.json">
          Save as JSON
        </a>
      </p>
      <DataTable
        caption="Kernels. The roof is what binds at this shape; of roof: the least time that it allows / the time taken."
        columns={COLUMNS}
        rows={kernels.map(({ name, timing, gflops, gbs, roof, ofRoof, compileMs }) => ({
          key: name,
          cells: [
            name,
            figure(best(timing).median),
            scatter(best(timing)),
            figure(gflops),
            figure(gbs),
            roof,
            percent(ofRoof),
            figure(compileMs),
          ],
        }))}
      />
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function address(report: KernelsReport): string {
  return `data:application/json,${encodeURIComponent(JSON.stringify(report, null, 2))}`;
}
