/** open fills the page Connections. */
export async function open(page) {
  page.show('Connections');
}
