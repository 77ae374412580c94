/** open fills the page Settings. */
export async function open(page) {
  page.show('Settings');
}
