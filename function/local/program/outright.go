package program

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dragoman-gateway/dragoman/function/local/look"
)

// Bounds of the search for paths of Lambda's own.
const (
	mostSources   = 2000
	largestSource = 512 << 10
)

// outright finds code that names /opt or /var/task: here those are folders of the
// machine, or nothing, and code and layers are elsewhere. The first place of each is
// told.
func outright(c *Code) (warnings []string) {
	looked, found := 0, map[string]bool{}
	_ = filepath.WalkDir(c.Dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case entry.IsDir() && path != c.Dir && look.Ignored(entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || !source(entry.Name()):
			return nil
		}
		// A warning is worth no slow start: a large folder is looked at in part.
		if looked++; looked > mostSources || len(found) == 2 {
			return filepath.SkipAll
		}
		if info, err := entry.Info(); err != nil || info.Size() > largestSource {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		// Documented: AWS Lambda Developer Guide, Working with Lambda environment
		// variables, LAMBDA_TASK_ROOT: /var/task; Adding layers to functions: /opt. To
		// make them here would need root, and would be one for all functions.
		for _, folder := range []string{"/opt", "/var/task"} {
			if line := names(text, folder); line > 0 && !found[folder] {
				found[folder] = true
				warnings = append(warnings, fmt.Sprintf("%s:%d names %s, which is not what it is on Lambda: %s", path, line, folder, instead(folder)))
			}
		}
		return nil
	})
	return warnings
}

func instead(folder string) string {
	if folder == "/opt" {
		return "layers are found by NODE_PATH, PYTHONPATH, PATH and LD_LIBRARY_PATH"
	}
	return "the code is in LAMBDA_TASK_ROOT and in the working directory"
}

// source tells whether a file is one that people write code in.
func source(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx", ".py", ".rb", ".go", ".rs", ".java", ".kt", ".cs", ".sh":
		return true
	}
	return name == "bootstrap"
}

// names is the line in which a text names a folder or something below it, and 0 when
// none does. The name stands between quotes or blanks, so that /optimal is none, nor is
// a URL that ends in /opt.
func names(text []byte, folder string) int {
	for from := 0; ; {
		at := bytes.Index(text[from:], []byte(folder))
		if at < 0 {
			return 0
		}
		begin, end := from+at, from+at+len(folder)
		from = end
		if begin > 0 && strings.IndexByte(" \t\n\"'`=(:,", text[begin-1]) < 0 {
			continue
		}
		if end < len(text) && strings.IndexByte(" \t\r\n\"'`/),;:", text[end]) < 0 {
			continue
		}
		return 1 + bytes.Count(text[:begin], []byte{'\n'})
	}
}
