/** open fills the page Deployments. */
export async function open(page) {
  page.show('Deployments');
}
