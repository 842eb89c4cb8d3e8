# Documents and the manual page, e.g.
#
# dist_man1_MANS = %D%/jingle.1
# EXTRA_DIST += README.md ChangeLog %D%/design.md
