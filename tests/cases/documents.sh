# README and manual page tell the options that the program has, and no others.
. tests/cases/case.sh

for command in analyze flows merge endpoints; do
    run "$command" --help
    cat ../out
done | grep -oE -e '--[a-z][a-z-]*' | sort -u >told
sed 's/\\-/-/g; s/\\f[IBR]//g' "$project/reports/o365lens.1" >manual

grep -oE -e '^\| `[^|]*' "$project/README.md" | grep -oE -e '--[a-z][a-z-]*' | sort -u >readme
echo --version | sort -u - told >expected
expect_same expected readme "options: the program's, and README.md's table"
sed -n '/^.SH OPTIONS/,/^.SH EXIT/p' manual | grep -oE -e '--[a-z][a-z-]*' | sort -u >pages
expect_same expected pages "options: the program's, and the manual page's"

version=$("$program" --version | head -n 1)
grep -q "\"$version\"" manual || fail "the manual page is not of $version"
grep -q "^## ${version#o365lens }" "$project/CHANGELOG.md" || fail "CHANGELOG.md lacks $version"
finish
