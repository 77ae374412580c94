/** open fills the page APIs. */
export async function open(page) {
  page.show('APIs');
}
