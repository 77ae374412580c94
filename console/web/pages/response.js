/** open fills the page of an integration response: page.path is [API, 'integrations', ID, 'responses', ID]. */
export async function open(page) {
  page.show('Integration response');
}
