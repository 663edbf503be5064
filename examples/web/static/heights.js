// The heights of all rows: measured if a row was drawn, or else a guess. The number of steps of a
// sum or a search grows with the logarithm of the number of rows (a Fenwick tree).

export class Heights {
  #heights = [];
  #tree = [0]; // #tree[i] is the sum of the i & -i heights before row i

  get count() {
    return this.#heights.length;
  }

  get total() {
    return this.before(this.count);
  }

  push(height) {
    this.#heights.push(height);
    const end = this.count;
    let sum = height;
    for (let step = 1; step < (end & -end); step *= 2) sum += this.#tree[end - step];
    this.#tree.push(sum);
  }

  /** Put rows before all others. */
  unshift(count, height) {
    const others = this.#heights;
    this.#heights = [];
    this.#tree = [0];
    for (let i = 0; i < count; i += 1) this.push(height);
    for (const other of others) this.push(other);
  }

  set(index, height) {
    const change = height - this.#heights[index];
    if (change === 0) return;
    this.#heights[index] = height;
    for (let i = index + 1; i <= this.count; i += i & -i) this.#tree[i] += change;
  }

  /** Sum the heights of the first rows. */
  before(index) {
    let sum = 0;
    for (let i = index; i > 0; i -= i & -i) sum += this.#tree[i];
    return sum;
  }

  /** Find the row at a distance from the start. */
  at(distance) {
    let index = 0;
    let rest = distance;
    for (let step = 2 ** Math.floor(Math.log2(this.count || 1)); step >= 1; step /= 2) {
      if (index + step < this.count && this.#tree[index + step] <= rest) {
        index += step;
        rest -= this.#tree[index];
      }
    }
    return index;
  }
}
