/** open fills the page Functions. */
export async function open(page) {
  page.show('Functions');
}
