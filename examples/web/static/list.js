// A list in which only the rows in view, and a few around them, are elements. Row 0 is the lowest:
// the log stacks upwards, so the view keeps its place while older rows come above it.

import { Heights } from "./heights.js";

const GUESS = 76; // pixels; about the height of a row that was never drawn
const MARGIN = 600; // pixels drawn above and below the view, for people who scroll or listen
const AT_END = 40; // pixels from the lower end within which a person reads the newest row
const REST = 150; // milliseconds without a scroll event, after which the view rests

export class VirtualList {
  #scroller;
  #list;
  #draw; // makes the element of a row
  #heights = new Heights();
  #rows = new Map(); // the elements by number of row
  #expected = 0; // how many rows there will be
  #isPlanned = false; // to render before the browser draws its next picture
  #resting = null; // the timer that runs while the view is scrolled
  #height = 0; // of the list on the page, in pixels
  #drift = 0; // pixels between where rows are and where their heights would put them

  constructor(scroller, list) {
    this.#scroller = scroller;
    this.#list = list;
    scroller.addEventListener("scroll", () => this.#followScroll(), { passive: true });
    scroller.addEventListener("keydown", (event) => this.#jump(event));
    new ResizeObserver(() => this.#plan()).observe(scroller);
  }

  /** Begin anew, with no row, at the lowest end. */
  reset(draw) {
    this.#draw = draw;
    this.#heights = new Heights();
    this.#drift = 0;
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#scroller.scrollTop = 0;
    this.#plan();
  }

  /** Add rows at the upper end up to a count; in the end there will be `expected` of them. */
  grow(count, expected) {
    this.#expected = Math.max(count, expected);
    const uppermost = this.#heights.count - 1;
    while (this.#heights.count < count) this.#heights.push(GUESS);
    // The row that was uppermost may now have the same day as the row above it.
    if (uppermost < count - 1) this.#remove(uppermost);
    this.#plan();
  }

  /** Add rows at the lower end. The view keeps its place, unless it is at the end. */
  prepend(count) {
    const isAtEnd = this.#scroller.scrollTop > -AT_END;
    const rows = [...this.#rows];
    this.#rows.clear();
    for (const [index, row] of rows) this.#rows.set(index + count, row);
    this.#heights.unshift(count, GUESS);
    this.#expected += count;
    if (isAtEnd) this.#scroller.scrollTop = 0;
    else this.#drift -= this.#heights.before(count);
    this.#plan();
  }

  /** Draw a row anew. */
  redraw(index) {
    if (!this.#rows.has(index)) return;
    this.#remove(index);
    this.#plan();
  }

  #followScroll() {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.#resting = null;
      this.#plan();
    }, REST);
    this.#plan();
  }

  /** Go to an end at once: a browser that scrolls smoothly would stop where the end was. */
  #jump(event) {
    const isModified = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (isModified || (event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    this.#scroller.scrollTop = event.key === "End" ? 0 : -this.#scroller.scrollHeight;
  }

  #plan() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    requestAnimationFrame(() => {
      this.#isPlanned = false;
      this.#render();
    });
  }

  #render() {
    const { clientHeight, scrollTop } = this.#scroller;
    const { total } = this.#heights;
    const below = Math.max(0, -scrollTop - this.#drift); // pixels under the view
    const isAtTop = below > 0 && below + clientHeight >= total;
    const anchor = this.#heights.at(below);
    const before = this.#heights.before(anchor);
    const first = this.#heights.at(below - MARGIN);
    const end = Math.min(this.#heights.at(below + clientHeight + MARGIN) + 1, this.#heights.count);
    const isChanged = this.#fill(first, end);
    this.#measure();
    // The row at the lower edge of the view stays there, though rows under it have new heights.
    this.#drift -= this.#heights.before(anchor) - before;
    if (isAtTop && this.#heights.total !== total) this.#settle(first, -this.#heights.total);
    else if (this.#resting && below && this.#fits(first, end)) this.#pad(first);
    else this.#settle(first, scrollTop + this.#drift);
    if (isChanged) this.#plan(); // rows that are lower than guessed leave room for others
  }

  /** Make the rows of a range elements, and no others. */
  #fill(first, end) {
    let isChanged = false;
    for (const index of [...this.#rows.keys()]) {
      if (index < first || index >= end) this.#remove(index);
    }
    let lower = null; // in the document, the uppermost row is the first element
    for (let index = first; index < end; index += 1) {
      let row = this.#rows.get(index);
      if (!row) {
        isChanged = true;
        row = this.#draw(index);
        this.#rows.set(index, row);
        this.#list.insertBefore(row, lower);
      }
      row.setAttribute("aria-setsize", this.#expected);
      row.setAttribute("aria-posinset", this.#expected - index);
      lower = row;
    }
    return isChanged;
  }

  #remove(index) {
    this.#rows.get(index)?.remove();
    this.#rows.delete(index);
  }

  #measure() {
    const all = [...this.#rows];
    const heights = all.map(([, row]) => row.getBoundingClientRect().height);
    for (const [place, [index]] of all.entries()) this.#heights.set(index, heights[place]);
  }

  // If the page moved the view, or changed its height, while a person scrolls, the browser would
  // stop scrolling smoothly. So until the view rests, rows stay in places that are a little wrong.

  /** Whether rows in the wrong places are inside of the list. */
  #fits(first, end) {
    return this.#under(first) >= 0 && this.#under(end) <= this.#height;
  }

  /** Give each row its right place, and move the view. */
  #settle(first, scrollTop) {
    this.#drift = 0;
    this.#height = this.#heights.total;
    this.#list.style.height = `${this.#height}px`;
    this.#pad(first);
    if (this.#scroller.scrollTop !== scrollTop) this.#scroller.scrollTop = scrollTop;
  }

  /** Fill the place of rows below that are no elements; the height has room for those above. */
  #pad(first) {
    this.#list.style.paddingBottom = `${this.#under(first)}px`;
  }

  /** Where the lower edge of a row is, in pixels from the lowest end. */
  #under(index) {
    return this.#heights.before(index) + this.#drift;
  }
}
