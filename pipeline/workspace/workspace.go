// Package workspace owns the folder of one seller: its configuration
// (waybill.yaml), where everything lies in it, and the one rule of
// customisation: a file below jobs, queries, reports or data of the workspace
// replaces the built-in file of the same relative path. It runs nothing.
package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"waybill/pipeline/yamldoc"
)

// ConfigName is the file that makes a folder a workspace.
const ConfigName = "waybill.yaml"

// Format is the layout of lake and catalog that this program writes.
const Format = 1

// Config is waybill.yaml.
type Config struct {
	Workspace  string   `yaml:"workspace"`
	LakeFormat int      `yaml:"lake_format"`
	Currency   string   `yaml:"currency"`
	Zone       string   `yaml:"zone"` // in which pages print times
	Languages  []string `yaml:"languages"`
	Shops      []Shop   `yaml:"shops"`
	SLA        []SLA    `yaml:"sla"`      // whose clocks give a deadline where the export has none
	Policies   []Policy `yaml:"policies"` // whose targets judge
	Limits     Limits   `yaml:"limits"`
	Compare    Compare  `yaml:"compare"`
	MaxAge     string   `yaml:"max_age"` // data older than this: exit 5

	PII     map[string]string `yaml:"pii"` // column or table.column → drop (default), keep, hash; key: env:NAME or file:PATH
	Archive Archive           `yaml:"archive"`
}

// Shop names a seller account.
type Shop struct {
	Platform string `yaml:"platform"`
	Shop     string `yaml:"shop"`
	Name     string `yaml:"name"`
}

// SLA names the pack whose clocks apply; an empty shop means every shop of the
// platform, an empty platform every platform.
type SLA struct {
	Platform     string `yaml:"platform"`
	Shop         string `yaml:"shop"`
	Pack         string `yaml:"pack"`
	HandlingDays *int   `yaml:"handling_days"` // of an order whose export states none; nil: none
}

// String is the entry as the hash of rules holds it: by its values, and as ever
// where there are no handling days.
func (s SLA) String() string {
	if s.HandlingDays == nil {
		return fmt.Sprintf("{%s %s %s}", s.Platform, s.Shop, s.Pack)
	}
	return fmt.Sprintf("{%s %s %s %d}", s.Platform, s.Shop, s.Pack, *s.HandlingDays)
}

// Policy names the pack whose metrics and targets apply to a platform.
type Policy struct {
	Platform string `yaml:"platform"`
	Pack     string `yaml:"pack"`
}

// Limits bound the process.
type Limits struct {
	Memory  string `yaml:"memory"` // 4GB; default half of the machine's
	Threads int    `yaml:"threads"`
}

// Compare says how the report channels compares. Empty: its built-in rules.
type Compare struct {
	Strata []string `yaml:"strata"` // of shop, channel, state, weight_band, week, month
	MinN   int64    `yaml:"min_n"`  // least parcels of each compared group in a stratum
}

// Workspace is an open folder.
type Workspace struct {
	Root   string // absolute
	Config Config
	text   []byte
	getenv func(string) string
}

// maxHandling is more business days than any seller takes to make an order.
const maxHandling = 365

// ErrNone says that the folder is no workspace.
var ErrNone = errors.New("no workspace here")

// Open reads waybill.yaml in dir.
func Open(dir string, getenv func(string) string) (*Workspace, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	// one name for one place: the lake notices a move by it
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	b, err := os.ReadFile(filepath.Join(root, ConfigName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s has no %s; try: waybill init, or -C with the workspace's folder", ErrNone, dir, ConfigName)
	}
	if err != nil {
		return nil, err
	}
	w := &Workspace{Root: root, text: b, getenv: getenv}
	if err := yamldoc.Decode(ConfigName, b, &w.Config); err != nil {
		return nil, err
	}
	return w, w.check()
}

func (w *Workspace) check() error {
	c := &w.Config
	if c.LakeFormat == 0 {
		c.LakeFormat = Format
	}
	if c.LakeFormat > Format {
		return fmt.Errorf("%s: lake_format %d is newer than this program knows (%d); try: a newer waybill", ConfigName, c.LakeFormat, Format)
	}
	if c.Zone == "" {
		c.Zone = "UTC"
	}
	if _, err := time.LoadLocation(c.Zone); err != nil {
		l, col := yamldoc.Position(w.text, "$.zone")
		return fmt.Errorf("%s:%d:%d: zone %q is no IANA zone; try: America/Los_Angeles", ConfigName, l, col, c.Zone)
	}
	if c.MaxAge != "" {
		if _, err := time.ParseDuration(c.MaxAge); err != nil {
			l, col := yamldoc.Position(w.text, "$.max_age")
			return fmt.Errorf("%s:%d:%d: max_age %q is no duration; try: 48h", ConfigName, l, col, c.MaxAge)
		}
	}
	for i, s := range c.SLA {
		if s.HandlingDays != nil && (*s.HandlingDays < 0 || *s.HandlingDays > maxHandling) {
			l, col := yamldoc.Position(w.text, fmt.Sprintf("$.sla[%d].handling_days", i))
			return fmt.Errorf("%s:%d:%d: handling_days %d; try: 0 to %d business days", ConfigName, l, col, *s.HandlingDays, maxHandling)
		}
	}
	if len(c.Languages) == 0 {
		c.Languages = []string{"zh", "en"}
	}
	if c.Currency == "" {
		c.Currency = "USD"
	}
	if _, err := w.MemoryLimit(); err != nil {
		return err
	}
	return w.checkPersonal()
}

// Text is waybill.yaml as it stands: its hash is part of a report's id.
func (w *Workspace) Text() []byte { return w.text }

var sizeRE = regexp.MustCompile(`(?i)^\s*(\d+(?:\.\d+)?)\s*(kb|mb|gb|kib|mib|gib|b)?\s*$`)

// MemoryLimit is limits.memory in bytes: default half of what the machine (or
// its cgroup) has.
func (w *Workspace) MemoryLimit() (int64, error) {
	s := w.Config.Limits.Memory
	if s == "" {
		return machineMemory() / 2, nil
	}
	m := sizeRE.FindStringSubmatch(s)
	if m == nil {
		l, c := yamldoc.Position(w.text, "$.limits.memory")
		return 0, fmt.Errorf("%s:%d:%d: memory %q; try: 4GB", ConfigName, l, c, s)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, err
	}
	unit := map[string]float64{"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}[strings.ToLower(m[2])]
	if n*unit < 256e6 {
		return 0, fmt.Errorf("%s: memory %q is too little; try: 512MB or more", ConfigName, s)
	}
	return int64(n * unit), nil
}

// EngineMemory is the part of limits.memory that the engine's own accounting may
// use, in bytes: half, and all but 1.5 GB of a limit above 3 GB, because what the
// engine spills costs seconds a gigabyte. Beside it lie this program and what the
// engine allocates uncounted: 0.25 GB beside the least, 0.5 GB beside 5 GB were
// measured, so that a small limit leaves 250 MB.
func EngineMemory(limit int64) int64 {
	const room, beside, least = 1.5e9, 250e6, 128e6
	return min(max(limit/2, limit-room), max(limit-beside, least))
}

// ThreadsEnv is the environment variable that goes before limits.threads: how
// many threads a machine spares is not the workspace's business alone, and no
// report's bytes depend on it.
const ThreadsEnv = "WAYBILL_THREADS"

// Threads is WAYBILL_THREADS, else limits.threads, else all.
func (w *Workspace) Threads() int {
	if n, err := strconv.Atoi(w.getenv(ThreadsEnv)); err == nil && n > 0 {
		return n
	}
	if w.Config.Limits.Threads > 0 {
		return w.Config.Limits.Threads
	}
	return runtime.NumCPU()
}

func machineMemory() int64 {
	least := int64(8 << 30)
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		if m := regexp.MustCompile(`MemTotal:\s+(\d+) kB`).FindSubmatch(b); m != nil {
			if kb, err := strconv.ParseInt(string(m[1]), 10, 64); err == nil {
				least = kb << 10
			}
		}
	}
	for _, p := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if b, err := os.ReadFile(p); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 && n < least {
				least = n
			}
		}
	}
	return least
}

// Path joins below the workspace.
func (w *Workspace) Path(elem ...string) string {
	return filepath.Join(append([]string{w.Root}, elem...)...)
}

// LakeDir, StateDir, OutDir, ArchiveDir and TempDir are where things lie.
func (w *Workspace) LakeDir() string    { return w.Path("lake") }
func (w *Workspace) StateDir() string   { return w.Path("state") }
func (w *Workspace) OutDir() string     { return w.Path("out") }
func (w *Workspace) ArchiveDir() string { return w.Path("state", "raw") }
func (w *Workspace) TempDir() string    { return w.Path("state", "tmp") }

// ErrUnset says that a folder stands in an environment variable that is not set.
var ErrUnset = errors.New("environment variable is not set")

// Folder resolves a source folder: relative to the workspace, absolute, or
// env:NAME/sub.
func (w *Workspace) Folder(s string) (string, error) {
	if rest, ok := strings.CutPrefix(s, "env:"); ok {
		name, sub, _ := strings.Cut(rest, "/")
		base := w.getenv(name)
		if base == "" {
			return "", fmt.Errorf("%s: %w; try: export %s=FOLDER", name, ErrUnset, name)
		}
		if !filepath.IsAbs(base) {
			return "", fmt.Errorf("%s=%s is not an absolute path", name, base)
		}
		return filepath.Join(base, filepath.FromSlash(sub)), nil
	}
	if filepath.IsAbs(s) {
		return filepath.Clean(s), nil
	}
	return w.Path(filepath.FromSlash(s)), nil
}

// Overlay shows the workspace's folder of that name over the built-in one.
func (w *Workspace) Overlay(name string, builtin fs.FS) Overlay {
	return Overlay{Top: os.DirFS(w.Path(name)), Base: builtin, name: name}
}

// Overlay is two file systems, of which the upper hides equal paths.
type Overlay struct {
	Top, Base fs.FS
	name      string
}

// Open opens the upper file, else the lower one.
func (o Overlay) Open(name string) (fs.File, error) {
	f, err := o.Top.Open(name)
	if err == nil {
		if st, serr := f.Stat(); serr == nil && !st.IsDir() {
			return f, nil
		}
		f.Close()
	}
	b, berr := o.Base.Open(name)
	if berr != nil && err == nil {
		return o.Top.Open(name)
	}
	return b, berr
}

// Glob lists the paths of either layer, each once.
func (o Overlay) Glob(pattern string) ([]string, error) {
	a, err := fs.Glob(o.Top, pattern)
	if err != nil {
		return nil, err
	}
	b, err := fs.Glob(o.Base, pattern)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var out []string
	for _, p := range append(a, b...) {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out, nil
}

// Replaced says whether the workspace has its own file at that path.
func (o Overlay) Replaced(name string) bool {
	_, err := fs.Stat(o.Top, name)
	return err == nil
}
