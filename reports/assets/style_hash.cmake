# cmake -DINPUT=report.css -DOUTPUT=report_css_hash.h -P style_hash.cmake
#
# The content security policy of reports names the style sheet by this hash.
file(SHA256 "${INPUT}" hash)
file(WRITE "${OUTPUT}.new" "#define REPORT_CSS_SHA256 \"${hash}\"\n")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUTPUT}.new")
