papers-title = Register of papers
papers-lead = Numbers follow one another without gaps and are never used twice; a void paper keeps its number and is marked.
papers-kind = Paper
papers-year = Year
papers-any = Any
papers-filter = Filter
papers-all = All papers
papers-number = Number
papers-no-number = No number
papers-organ = Organ
papers-issued = Issued
papers-issued-on = Day of issue
papers-issued-by = Issued by
papers-standing = State
papers-standing-issued = Valid
papers-standing-changed = Changed
papers-standing-revoked = Revoked
papers-standing-voided = Void
papers-series = Last number: { $last }; { $n } in all, { $voided } of them void.
papers-none = No paper was issued yet
papers-none-text = Papers are issued while cases are handled, and are listed here afterwards.
papers-none-such = No such paper
papers-none-such-text = Try another year or another kind of paper.
papers-code = Code
papers-code-hint = The 16 letters and figures beside the square code at the foot of the paper.
papers-pdf = Open the PDF
papers-word = Download for Word
papers-word-hint = The Word file is for editing; what counts is the PDF with its seal.
papers-verify = Public check
papers-void = Void this paper
papers-void-text = Its number stays used, and whoever checks the paper reads that it is void. To correct a paper, void it and issue another.
papers-void-sure = Void “{ $name }”? This cannot be taken back.
papers-reason = Reason
papers-do-void = Void
papers-is-void = This paper is void
papers-is-changed = The later paper that says what became of this one
papers-is-changed-soon = What this paper says was changed on { $when }; the paper that says so is not issued yet
papers-is-revoked = The decision on this paper was revoked on { $when }
papers-voided-by = Voided by { $name }, { $when }.
papers-verify-title = Check a paper
papers-verify-lead = Type the code from an official paper, or scan its square code, to see whether the paper is genuine and still counts.
papers-verify-go = Check
papers-verify-unknown = No paper has this code. Compare it with the paper and type it again; if it still is not found, the paper may be forged: ask the organ that it names.
papers-verify-digest = SHA-256 of the electronic paper (PDF):
papers-verify-compare = Compare name, number, organ and date with the paper before you. Nothing about the party is shown here.
papers-genuine = Genuine and valid
papers-genuine-text = The organ below issued this paper, and it counts.
papers-genuine-changed = Genuine, but changed
papers-genuine-changed-text = What this paper says was changed on { $day }. It is replaced by: { $kind } { $number } of { $on }.
papers-genuine-changed-soon = The organ below issued this paper, but what it says was changed on { $day }. The paper that replaces it is not issued yet; ask the organ.
papers-genuine-revoked = Revoked
papers-genuine-revoked-text = The organ below issued this paper, but revoked its decision on { $day }. It does not count any more. See { $kind } { $number } of { $on }.
papers-genuine-revoked-soon = The organ below issued this paper, but its decision was revoked on { $day }. It does not count any more.
papers-file-title = Compare a file
papers-file-lead = Did you receive a PDF? See here whether it is the very file that was issued. What you send is compared and not kept.
papers-file-pdf = PDF
papers-file-hint = Drop it here or choose it on your phone; 20 MB at the most. Without a code, the code in the file is used.
papers-file-go = Compare
papers-file-same = This very file was issued
papers-file-same-text = Byte by byte it is the sealed paper; nothing was altered. Whether the paper still counts is said below.
papers-file-other = This is not the file that was issued under this code
papers-file-other-text = It differs from the sealed paper: it may have been altered, or saved, scanned or printed anew. Compare kind, number, date and party one by one; if they differ, ask the organ that it names.
papers-file-copied-text = This file carries the code of another paper, which may have been copied onto it. Compare kind, number, date and party one by one, and ask the organ that it names.
papers-file-another = This is the file of another paper
papers-file-another-text = This file was issued, but as { $kind } { $number }, not under the code below.
papers-file-see-another = See that paper
papers-party-masked = Party (partly hidden)
papers-file-missing = Choose the PDF that is to be compared.
papers-file-no-pdf = This is no PDF. Choose the electronic paper that you received; photos, scans and Word files cannot be compared.
papers-file-too-heavy = The file is heavier than { $most } MB and cannot be compared. Is it a single paper?
papers-file-too-often = That was too often. Try again in a minute.
papers-file-busy = Many people are comparing files now. Try again soon.
papers-file-without-code = This file was not issued, and no code can be read in it. If the paper shows a code, type the code first and compare again.
papers-genuine-void = Void
papers-genuine-void-text = The organ below issued this paper, but voided it on { $when }. It does not count any more.
papers-refusal-kind = This city has no paper called “{ $kind }”. Ask the system administrator to look at the kinds of papers.
papers-lacking-kind = { $kind ->
   *[other] { $kind_en }
}
papers-lacking-fields = { $fields ->
   *[other] { $fields_en }
}
papers-refusal-missing = The paper “{ papers-lacking-kind }” still lacks { $n ->
    [one] one thing
   *[other] { $n } things
  } that it must carry: { papers-lacking-fields }{ $more ->
    [0] {""}
   *[other] , and { $more } more
  }. Fill them in before it is issued.
papers-refusal-mark = The number of “{ $kind }” needs the mark of the organ. Fill it in with the organ's particulars first.
papers-refusal-shapeless = There is no shape to print for these characters: { $characters }. Write them otherwise; if that cannot be, confirm that 〓 is printed, and write them in by hand.
papers-refusal-size = This is too long for one paper. Shorten it, or make several papers of it.
papers-refusal-photographs = One volume takes { $most } photographs at the most. Bind several volumes.
papers-refusal-year = No number can be given for this day. Check the date.
papers-refusal-voided = { $number } is void already and can be neither voided nor changed.
papers-refusal-reason = Give the reason, in { $most } characters at the most.

papers-written = Papers
papers-written-open = Papers of the case
papers-written-issued = Issued
papers-written-none = No papers yet
papers-written-none-text = A paper is written from the case; only what the case does not know is asked for.
papers-written-write = Write a paper
papers-written-count = { $n } issued
papers-written-lacking = { $n ->
    [one] { $n } thing to fill in
   *[other] { $n } things to fill in
}
papers-written-whole = Complete
papers-file = Whole file as one PDF
papers-file-volume = Volume { $number } (photographs)
papers-file-retention = Long term
papers-write-lead = Names, days, amounts and articles come from the case. Please fill in what is missing and read the facts once more.
papers-write-told = Which one this paper tells of
papers-write-nothing = Everything this paper needs stands in the case.
papers-write-issue = Issue
papers-write-sure = Issue this paper? Its number stays used, also when it is voided.
papers-write-things = One thing a line, then how many, such as: shelf 3
papers-write-questions = Each question begins with 问：, each answer with 答：
papers-write-speeches = One speech a line, such as: president: I open the hearing
papers-write-shapeless = I have seen it: 〓 is printed, and the characters are written in by hand
papers-write-code-kind = Which number
papers-write-id-number = Identity number
papers-write-credit-code = Unified social credit code
papers-home = What it belongs to
