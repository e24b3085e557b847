"""Everything that touches Gradio's private parts."""
