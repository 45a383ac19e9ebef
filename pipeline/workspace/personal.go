package workspace

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"waybill/pipeline/yamldoc"
)

// KeyEntry is the entry of pii that is no column: where the key of hashed
// columns is.
const KeyEntry = "key"

// MinKey is the least length of that key in bytes. Phone numbers are few: a key
// that can be guessed makes their hashes readable.
const MinKey = 16

// Archive bounds how long raw files are kept.
type Archive struct {
	Keep string `yaml:"keep"` // 400d, 12w, 36h, 0 (until the run ends) or forever, the default
}

var keyRE = regexp.MustCompile(`^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$`)

var ageRE = regexp.MustCompile(`^(\d{1,6})([hdw])$`)

// ParseAge reads a length of time as people write a retention: 36h, 90d, 12w or 0.
func ParseAge(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	m := ageRE.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is no age; try: 90d, 12w, 36h or 0", s)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, err
	}
	age := time.Duration(n) * map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	if age/time.Hour > 100*366*24 || age < 0 {
		return 0, fmt.Errorf("%q is more than a century; try: forever", s)
	}
	return age, nil
}

// Limit gives the age above which raw files go; false: they are kept forever.
func (a Archive) Limit() (time.Duration, bool, error) {
	if a.Keep == "" || a.Keep == "forever" {
		return 0, false, nil
	}
	age, err := ParseAge(a.Keep)
	return age, err == nil, err
}

// checkPersonal checks what needs no contract: archive.keep, and that pii has a
// key exactly where it must, as a reference and not as itself.
func (w *Workspace) checkPersonal() error {
	var errs []error
	if _, _, err := w.Config.Archive.Limit(); err != nil {
		l, c := yamldoc.Position(w.text, "$.archive.keep")
		errs = append(errs, fmt.Errorf("%s:%d:%d: archive.keep: %w", ConfigName, l, c, err))
	}
	ref, named := w.Config.PII[KeyEntry]
	if named && !keyRE.MatchString(ref) {
		// what stands there may be the key
		errs = append(errs, w.PIIError(KeyEntry, errors.New("the key itself must not stand here; try: env:WAYBILL_PII_KEY or file:PATH")))
	}
	for _, entry := range w.piiColumns() {
		if w.Config.PII[entry] == "hash" && !named {
			errs = append(errs, w.PIIError(entry, errors.New("hash needs a key; try: key: env:WAYBILL_PII_KEY beside it")))
			break
		}
	}
	return errors.Join(errs...)
}

func (w *Workspace) piiColumns() []string {
	var out []string
	for k := range w.Config.PII {
		if k != KeyEntry {
			out = append(out, k)
		}
	}
	sort.Strings(out)
	return out
}

// Personal gives the columns of pii and what the workspace wants of them.
func (w *Workspace) Personal() map[string]string {
	out := map[string]string{}
	for _, k := range w.piiColumns() {
		out[k] = w.Config.PII[k]
	}
	return out
}

// PIIError puts the place of an entry of pii before what is wrong with it.
func (w *Workspace) PIIError(entry string, err error) error {
	l, c := yamldoc.Position(w.text, "$.pii."+entry)
	if strings.Contains(entry, ".") {
		l, c = yamldoc.Position(w.text, "$.pii.'"+entry+"'")
	}
	return fmt.Errorf("%s:%d:%d: pii.%s: %w", ConfigName, l, c, entry, err)
}

// PersonalKey is the key of hashed columns. Errors never hold it.
func (w *Workspace) PersonalKey() ([]byte, error) {
	key, err := w.Secret(w.Config.PII[KeyEntry])
	if err == nil && len(strings.TrimSpace(key)) < MinKey {
		err = fmt.Errorf("%s: the key has fewer than %d bytes; try: openssl rand -hex 32", w.Config.PII[KeyEntry], MinKey)
	}
	if err != nil {
		return nil, w.PIIError(KeyEntry, err)
	}
	return []byte(key), nil
}
