/* version.h - the program's version, given by the build. */
#ifndef O365LENS_ANALYZER_VERSION_H
#define O365LENS_ANALYZER_VERSION_H

#ifndef O365LENS_VERSION
#define O365LENS_VERSION "0.1.0"
#endif

#endif
