// What "Your picture" found last in each run, for the lab report: { images: of the snapshot, error: in grey levels }.
const kept = new Map();

export const found = {
  keep: (run, facts) => kept.set(run, facts),
  of: (run) => kept.get(run) ?? null,
};
