/** open fills the page Home. */
export async function open(page) {
  page.show('Home');
}
