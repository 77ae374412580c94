// Package watch tells when files change.
//
// It watches folders and never single files: editors save by writing another file and
// renaming it, after which a watch of the old file would see nothing. Who watches a
// file that is not there, in a folder that is not there, is told when it comes.
//
// It promises that whoever is told reads what the files hold after the last change
// that was seen, and that a burst of changes is told once. It refuses to say what has
// changed: that is for those who read. Who wants to know at a moment whether anything
// has changed, and not a moment later, counts changes in Folders.
package watch
