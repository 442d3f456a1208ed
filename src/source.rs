//! Source texts and the places in them: what every other module uses to say *where*.

/// A file of one run. Ids follow the sorted paths of the run, so they order findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file. Both ends lie on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The span from byte `start` up to, not including, byte `end`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Span {
            file,
            start,
            end: end.max(start),
        }
    }

    /// The smallest span that covers both; `other` must lie in the same file.
    pub fn to(self, other: Span) -> Self {
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Whether `other` lies inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The span as a range of byte offsets, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A half-open range of bytes inside some text that is not itself a file (an [`Excerpt`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Range {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Range {
    /// The range from byte `start` up to, not including, byte `end`.
    pub fn new(start: u32, end: u32) -> Self {
        Range {
            start,
            end: end.max(start),
        }
    }

    /// The smallest range that covers both.
    pub fn to(self, other: Range) -> Self {
        Range {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Whether `other` lies inside this range.
    pub fn contains(self, other: Range) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The piece of `text` in this range; empty when the range does not fit the text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }
}

/// One text of a run with the path it is called by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its id in this run.
    pub id: FileId,
    /// The path as the user would write it, with forward slashes; `-` for standard input.
    pub path: String,
    /// The whole text. At most 4 GiB; the command line refuses far smaller files already.
    pub text: String,
}

impl SourceFile {
    /// The text of `span`; empty when the span lies in another file or outside the text.
    pub fn slice(&self, span: Span) -> &str {
        if span.file == self.id {
            self.text.get(span.range()).unwrap_or("")
        } else {
            ""
        }
    }

    /// The span of the whole file.
    pub fn span(&self) -> Span {
        Span::new(
            self.id,
            0,
            u32::try_from(self.text.len()).unwrap_or(u32::MAX),
        )
    }
}

/// A place as people name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// Where the lines of one text begin. Built only for texts a place is asked of.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds the lines of `text`; a line ends after its line feed.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(
            text.bytes()
                .zip(1u32..)
                .filter(|(byte, _)| *byte == b'\n')
                .map(|(_, next)| next),
        );
        LineIndex { starts }
    }

    /// The line, from 1, that byte `offset` lies in.
    pub fn line(&self, offset: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    /// The bytes of line `number`, from 1, without its line end; empty where there is no such line.
    /// `text` is the text this index was built from.
    pub fn range(&self, text: &str, number: usize) -> std::ops::Range<usize> {
        let start = number
            .checked_sub(1)
            .and_then(|index| self.starts.get(index));
        let Some(start) = start.map(|start| *start as usize) else {
            return 0..0;
        };
        let next = self.starts.get(number).map(|next| *next as usize);
        let end = next.unwrap_or(text.len());
        let line = text.get(start..end).unwrap_or("");
        let bare = line.strip_suffix('\n').unwrap_or(line);
        start..start + bare.strip_suffix('\r').unwrap_or(bare).len()
    }

    /// The place of byte `offset` of `text`, the text this index was built from.
    pub fn place(&self, text: &str, offset: u32) -> Place {
        let line = self.line(offset);
        let start = self.starts.get(line as usize - 1).copied().unwrap_or(0);
        let before = text.get(start as usize..offset as usize).unwrap_or("");
        Place {
            line,
            column: 1 + u32::try_from(before.chars().count()).unwrap_or(u32::MAX - 1),
        }
    }
}

/// A stretch of an [`Excerpt`] that lies in one piece in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where the piece starts in the excerpt's text, in bytes.
    pub at: u32,
    /// Where it starts in the file, in bytes.
    pub file_start: u32,
    /// Its length in bytes.
    pub len: u32,
}

/// Text put together from pieces of one file, such as a script inside a quoted list item, whose
/// lines lose the container's indent. Maps offsets in the text back to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    file: FileId,
    text: String,
    pieces: Vec<Piece>,
}

impl Excerpt {
    /// An empty excerpt of `file`.
    pub fn new(file: FileId) -> Self {
        Excerpt {
            file,
            text: String::new(),
            pieces: Vec::new(),
        }
    }

    /// Makes room for `bytes` more bytes of text.
    pub fn reserve(&mut self, bytes: usize) {
        self.text.reserve(bytes);
    }

    /// Appends `text`, which stands in the file from byte `file_start` on. A piece that follows
    /// the one before without a gap is joined to it.
    pub fn push(&mut self, text: &str, file_start: u32) {
        let at = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.text.push_str(text);
        match self.pieces.last_mut() {
            Some(last) if last.file_start + last.len == file_start => last.len += len,
            _ => self.pieces.push(Piece {
                at,
                file_start,
                len,
            }),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file the pieces come from.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The file offset of byte `offset` of the text. An offset on the border of two pieces belongs
    /// to the later one; one past the end maps to the end of the last piece.
    pub fn file_offset(&self, offset: u32) -> u32 {
        let index = self.pieces.partition_point(|piece| piece.at <= offset);
        match index
            .checked_sub(1)
            .and_then(|index| self.pieces.get(index))
        {
            Some(piece) => piece.file_start + (offset - piece.at).min(piece.len),
            None => 0,
        }
    }

    /// The span in the file of `range` of the text. The end of a range belongs to the piece its
    /// last byte lies in, so a span never runs into the next line's indent.
    pub fn span(&self, range: Range) -> Span {
        let start = self.file_offset(range.start);
        let end = if range.end > range.start {
            self.file_offset(range.end - 1) + 1
        } else {
            start
        };
        Span::new(self.file, start, end)
    }

    /// The stretch of the excerpt in `range` as an excerpt of its own; empty when the range does not
    /// fit the text.
    pub fn cut(&self, range: Range) -> Excerpt {
        let mut cut = Excerpt::new(self.file);
        let first = self
            .pieces
            .partition_point(|piece| piece.at + piece.len <= range.start);
        for piece in self.pieces.iter().skip(first) {
            if piece.at >= range.end {
                break;
            }
            let start = piece.at.max(range.start);
            let end = (piece.at + piece.len).min(range.end);
            cut.push(
                Range::new(start, end).of(&self.text),
                piece.file_start + (start - piece.at),
            );
        }
        cut
    }

    /// The span of the whole text.
    pub fn whole(&self) -> Span {
        self.span(Range::new(
            0,
            u32::try_from(self.text.len()).unwrap_or(u32::MAX),
        ))
    }
}
