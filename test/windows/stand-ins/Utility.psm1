# What Windows PowerShell brings in modules of its own, as far as the scripts use it.
Set-StrictMode -Version Latest

function ConvertTo-Json {
    [CmdletBinding()]
    param([Parameter(Mandatory)][AllowNull()]$InputObject, [switch]$Compress, [int]$Depth)
    [JsonText]::Write($InputObject, $Compress)
}

function ConvertFrom-Json {
    [CmdletBinding()]
    param([Parameter(Mandatory, ValueFromPipeline)][string]$InputObject)
    process { [JsonText]::Read($InputObject) }
}

# Time passes in the world alone.
function Start-Sleep {
    [CmdletBinding()]
    param([Parameter(Mandatory)][int]$Seconds)
    $global:World.clock += $Seconds
}

function Split-Path {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][string]$Path, [switch]$Parent)
    $Path -replace '[\\/][^\\/]+$', ''
}

function Join-Path {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][string]$Path, [Parameter(Mandatory, Position = 1)][string]$ChildPath)
    "$Path/$ChildPath"
}

function Test-Path {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$LiteralPath)
    [IO.File]::Exists($LiteralPath) -or [IO.Directory]::Exists($LiteralPath)
}

function New-Item {
    [CmdletBinding()]
    param([string]$ItemType, [switch]$Force, [Parameter(Mandatory)][string]$Path)
    Write-Deed New-Item "$ItemType $Path"
    if (-not $global:World.Contains('files')) { $global:World.files = @{} }
    # Whose it was it stays.
    if (-not $global:World.files.Contains($Path)) { $global:World.files[$Path] = @{ owner = 'S-1-5-32-544'; rules = @() } }
}

function Wait-Event {
    [CmdletBinding()]
    param([string]$SourceIdentifier, [int]$Timeout)
    $global:World.clock += $Timeout
    # The world turns while a script waits.
    if ($global:World.Contains('later')) {
        $later = $global:World.later
        if ($later.Count -gt 0) {
            foreach ($name in @($later[0].Keys)) { $global:World[$name] = $later[0][$name] }
            $later.RemoveAt(0)
        }
    }
}

function Get-Event {
    [CmdletBinding()]
    param()
}

function Remove-Event {
    [CmdletBinding()]
    param([int]$EventIdentifier)
}

Export-ModuleMember -Function *
