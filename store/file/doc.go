// Package file serves documents that were read from elsewhere, such as a
// configuration file, and takes no writes.
//
// It promises what package store promises to readers. Replace swaps all documents
// at once and tells the difference in the feed, so that who follows the store
// sees a reloaded file as one more change. It reads no file itself.
package file
