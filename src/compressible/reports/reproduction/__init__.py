"""Tables and figures of papers, published beside ours.

    runs ──► collecting ──► results/*.json ──► a target's ``read`` ──► Comparison ──► Markdown, CSV, LaTeX

``catalogue.TARGETS`` is the one list of what is reproduced: what each table needs, and the commands that make it.
"""
