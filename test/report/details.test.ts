import { expect, test } from 'vitest';
import { reportDetails } from '../../src/report/details.js';
import { exampleReport } from './example.js';

const report = exampleReport();
const details = reportDetails(report);

test('a report knows its listed images by rank, with the pictures that it carries', async () => {
  const images = await details.images();
  expect(images.map(({ position }) => position).sort()).toEqual(report.images.map(({ position }) => position).sort());
  expect(images.map(({ rank }) => rank)).toEqual(images.map(({ rank }) => rank).sort((a, b) => a - b));
  for (const { position, picture } of report.images) expect(await details.picture(position)).toBe(picture);
});

test('a report knows the first two images of a listed unit, and of others nothing', async () => {
  const [unit] = report.units;
  const two = [
    { position: unit!.image, mean: unit!.mean },
    { position: unit!.runnerUp, mean: unit!.runnerUpMean },
  ];
  expect(await details.unitImages(unit!.node, unit!.unit, 12)).toEqual(two);
  expect(await details.unitImages(unit!.node, unit!.unit, 1)).toEqual(two.slice(0, 1));
  expect(await details.unitImages('add', 0, 12)).toEqual([]);
  expect(await details.units('add')).toEqual([]);
});

test('an image of a report names the listed units that answer to it most; one that is not listed is not known', async () => {
  const { image } = report.units[0]!;
  const found = await details.image(image);
  expect(found!.units).toEqual(report.units.filter((unit) => unit.image === image));
  expect(found!.layers).toEqual([]);
  const unlisted = Array.from({ length: 80 }, (_, i) => i).find(
    (position) => !report.images.some((listed) => listed.position === position),
  )!;
  expect(await details.image(unlisted)).toBeNull();
  expect(await details.picture(unlisted)).toBeNull();
});
