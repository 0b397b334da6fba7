/** What a mistyped name was meant to be: the known name that the fewest keystrokes turn it into. */

/** Characters changed, added or left out that still count as one name mistyped; two that changed places are two. */
const CHANGES_MAX = 2;

/** The known name that `name` most likely stands for; undefined where none is near. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let changesMin = CHANGES_MAX + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= changesMin) continue;
    const changes = changesBetween(name, candidate);
    if (changes >= changesMin) continue;
    changesMin = changes;
    nearest = candidate;
  }
  return nearest;
}

/** Levenshtein's distance, row by row. */
function changesBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = above[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[to.length]!;
}
