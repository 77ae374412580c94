/** open fills the page Access. */
export async function open(page) {
  page.show('Access');
}
