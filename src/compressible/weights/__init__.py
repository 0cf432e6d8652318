"""Networks made small: a state dict becomes the tensors of a weight file, and a weight file a state dict again.

    checkpoint ──► state (torch) ──► plain tensors ─┬─► one_shot ──► quantized tensors ─┬─► bitstream.weight_file
                                                    └─► sparse ────► sparse tensors ────┘

Only ``state`` needs torch.
"""
