package authority

import (
	"path/filepath"
	"strings"
)

// Store is a place where a system or a program keeps whom it believes, with the
// commands that put the authority there and take it away.
type Store struct {
	Name            string
	Root            bool // the commands are the superuser's
	Install, Remove [][]string
}

// Machine is what Stores asks of the machine that it is on.
type Machine struct {
	System string                    // GOOS
	Home   string                    // folder of the user
	Has    func(program string) bool // on the PATH
	Glob   func(string) []string     // paths that a pattern fits
}

// Stores are those of a machine that the authority can be put into.
func (a *Authority) Stores(m Machine) []Store {
	file, name := a.Path(), a.Name()
	switch m.System {
	case "darwin":
		keychain := filepath.Join(m.Home, "Library/Keychains/login.keychain-db")
		return append([]Store{{
			Name:    "macOS, this user's keychain (Safari, Chrome, curl, Go)",
			Install: [][]string{{"security", "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", "-k", keychain, file}},
			Remove:  [][]string{{"security", "remove-trusted-cert", file}, {"security", "delete-certificate", "-c", name, keychain}},
		}}, a.nss(m, "Library/Application Support/Firefox/Profiles/*")...)
	case "windows":
		return []Store{{
			Name:    "Windows, this user's roots (Edge, Chrome, Firefox, curl, Go)",
			Install: [][]string{{"certutil", "-user", "-addstore", "Root", file}},
			Remove:  [][]string{{"certutil", "-user", "-delstore", "Root", name}},
		}}
	}
	return append(a.linux(m), a.nss(m, ".pki/nssdb", ".mozilla/firefox/*", "snap/firefox/common/.mozilla/firefox/*", ".var/app/org.mozilla.firefox/.mozilla/firefox/*")...)
}

// Others are the stores of systems that a machine is not, as they are there.
func (a *Authority) Others(m Machine) (found []Store) {
	with := func(system, program string) Machine {
		return Machine{System: system, Home: "~", Has: func(name string) bool { return name == program }, Glob: func(string) []string { return nil }}
	}
	mine := map[string]bool{}
	for _, s := range a.Stores(m) {
		mine[s.Name] = true
	}
	for _, other := range []Machine{
		with("linux", "update-ca-certificates"), with("linux", "update-ca-trust"), with("linux", "trust"), with("darwin", ""), with("windows", ""),
	} {
		for _, s := range a.Stores(other) {
			if !mine[s.Name] {
				found = append(found, s)
			}
		}
	}
	return found
}

// linux is the store of a distribution: an anchor in a folder, and a program that
// makes bundles of it.
func (a *Authority) linux(m Machine) []Store {
	_, id, _ := strings.Cut(a.Name(), "authority ")
	anchored := func(name, folder, program string) []Store {
		anchor := folder + "/dragoman-" + id + ".crt"
		return []Store{{
			Name: name, Root: true,
			Install: [][]string{{"install", "-D", "-m", "644", a.Path(), anchor}, {program}},
			Remove:  [][]string{{"rm", "-f", anchor}, {program}},
		}}
	}
	const suse = "/usr/share/pki/trust/anchors"
	switch {
	case m.Has("update-ca-trust"):
		return anchored("Fedora, RHEL and their kin", "/etc/pki/ca-trust/source/anchors", "update-ca-trust")
	case m.Has("update-ca-certificates") && len(m.Glob(suse)) > 0:
		return anchored("openSUSE", suse, "update-ca-certificates")
	case m.Has("update-ca-certificates"):
		return anchored("Debian, Ubuntu, Alpine", "/usr/local/share/ca-certificates", "update-ca-certificates")
	case m.Has("trust"):
		return []Store{{
			Name: "Arch", Root: true,
			Install: [][]string{{"trust", "anchor", "--store", a.Path()}}, Remove: [][]string{{"trust", "anchor", "--remove", a.Path()}},
		}}
	}
	return nil
}

// nss are the databases of Firefox, and of Chrome on Linux, which look nowhere else.
func (a *Authority) nss(m Machine, folders ...string) (found []Store) {
	if !m.Has("certutil") { // of NSS: libnss3-tools, nss-tools, or nss of Homebrew
		return nil
	}
	for _, folder := range folders {
		for _, database := range m.Glob(filepath.Join(m.Home, folder, "cert9.db")) {
			at := "sql:" + filepath.Dir(database)
			found = append(found, Store{
				Name:    "NSS, " + filepath.Dir(database) + " (Firefox; Chrome on Linux)",
				Install: [][]string{{"certutil", "-A", "-d", at, "-t", "C,,", "-n", a.Name(), "-i", a.Path()}},
				Remove:  [][]string{{"certutil", "-D", "-d", at, "-n", a.Name()}},
			})
		}
	}
	return found
}
