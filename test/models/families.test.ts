import { expect, test } from 'vitest';
import { FAMILIES, loadPossible } from '../../src/models/families.js';

test.each(FAMILIES)(
  'every naming of $name has one of its anchors first, so that its files are seen',
  async ({ anchors, load }) => {
    const { maps } = await load();
    for (const { signature } of maps)
      expect(
        anchors.some((anchor) => signature[0]!.endsWith(anchor)),
        signature[0],
      ).toBe(true);
  },
);

test.each(FAMILIES)('$name has the name that it is listed under', async ({ name, load }) => {
  expect((await load()).name).toBe(name);
});

test('of a file only the families that it may hold are loaded', async () => {
  const names = async (...tensors: string[]) => (await loadPossible(tensors)).map(({ name }) => name);
  expect(await names('module.prep.conv.weight')).toEqual(['ResNet-9']);
  expect(await names('student.backbone.patch_embed.proj.weight', 'pos_embed')).toEqual(['ViT']);
  expect(await names('nothing')).toEqual([]);
});
